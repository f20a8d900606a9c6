-- ARGV[8]: the id. ARGV[9]: the text, or nothing to remove it. ARGV[10]: how many notes there may be. Gives whether
-- there is such an exchange.
begin()
local id, text = ARGV[8], ARGV[9]
if call('HEXISTS', IDS, id) == 0 and call('HEXISTS', PINS, id) == 0 then
  return 0
end
call('HDEL', NOTES, id)
call('ZREM', NOTED, id)
if text ~= '' then
  call('HSET', NOTES, id, text)
  call('ZADD', NOTED, call('HINCRBY', META, 'noted', 1), id)
  while call('ZCARD', NOTED) > tonumber(ARGV[10]) do
    call('HDEL', NOTES, call('ZPOPMIN', NOTED)[1])
  end
end
return 1
