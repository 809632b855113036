// A key for upserts: the account, the invoice and its number, whatever their types.
Body('account', 'none') + '/' + Body('data.object.id') + '/' + Body('data.object.number', 0)
