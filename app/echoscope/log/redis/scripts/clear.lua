-- Gives epoch, birth and the seq of the clearing.
begin()
call('UNLINK', LOG, ROWS, DATA, WHOLES, TORN, IDS, REFUSED)
exchanges, bytes, refused, refused_bytes = 0, 0, 0, 0
for _, id in ipairs(call('HKEYS', NOTES)) do
  if call('HEXISTS', PINS, id) == 0 then
    call('HDEL', NOTES, id)
    call('ZREM', NOTED, id)
  end
end
return mark('c', '')
