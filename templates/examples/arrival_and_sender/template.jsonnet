Now('%d/%m/%Y %H:%M:%S') + ' from ' + Ip() + ' (' + Header('User-Agent', 'no agent') + ')'
