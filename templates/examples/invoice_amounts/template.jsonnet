# Amounts keep the digits that were sent.
{ paid: Body('data.object.amount_paid'), lines: Body('data.object.lines', []), at: Now('%Y-%m-%d') }
