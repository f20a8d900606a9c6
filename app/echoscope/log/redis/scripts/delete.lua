-- ARGV[8]: the id. Gives epoch, birth and the seq of the deletion; nil when there was nothing.
begin()
local id = ARGV[8]
call('HDEL', NOTES, id)
call('ZREM', NOTED, id)
call('HDEL', PINNED, id)
local was_pinned = call('HDEL', PINS, id) == 1
if not drop(id) and not was_pinned then
  write_meta()
  return false
end
return mark('d', id)
