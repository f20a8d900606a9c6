-- Gives epoch, birth, head, oldest, exchanges, bytes and how many were lost; nil where no log has begun.
local call = redis.call
local meta = call('HMGET', KEYS[9], 'epoch', 'birth', 'head', 'exchanges', 'bytes', 'lost')
if not meta[1] then
  return false
end
local first = call('XRANGE', KEYS[1], meta[2] .. '-0', meta[2], 'COUNT', 1)[1]
local head = tonumber(meta[3])
local oldest = first and tonumber(first[1]:match('-(%d+)$')) or head + 1
return {meta[1], meta[2], head, oldest, tonumber(meta[4]), tonumber(meta[5]), tonumber(meta[6] or 0)}
