-- ARGV[8]: the id. Gives epoch, birth, the seq of the deletion and the LAST of a run that has the exchange in its data;
-- nil when there was nothing.
begin()
local id = ARGV[8]
call('HDEL', NOTES, id)
call('ZREM', NOTED, id)
call('HDEL', PINNED, id)
local was_pinned = call('HDEL', PINS, id) == 1
local last = drop(id)
if not last and not was_pinned then
  write_meta()
  return false
end
write_rows()
local answer = mark('d', id)
answer[4] = last and call('SISMEMBER', TORN, last) == 1 and last or false
return answer
