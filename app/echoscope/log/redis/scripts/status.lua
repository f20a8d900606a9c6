-- Gives epoch, birth, head, oldest, exchanges, bytes and how many were lost; nil where no log has begun.
local LOG, ROWS, META = KEYS[1], KEYS[2], KEYS[12]
local call = redis.call
local meta = call('HMGET', META, 'epoch', 'birth', 'head', 'exchanges', 'bytes', 'lost')
if not meta[1] then
  return false
end
local first = call('XRANGE', LOG, meta[2] .. '-0', meta[2], 'COUNT', 1)[1]
local head = tonumber(meta[3])
local oldest = first and tonumber(first[1]:match('-(%d+)$')) or head + 1
local row = first and call('HGET', ROWS, oldest)
if row then
  local _, seq, sizes = unpack(cmsgpack.unpack(row))
  for _, taken in ipairs(sizes) do
    if taken > 0 then
      break
    end
    seq = seq + 1
  end
  oldest = seq
end
return {meta[1], meta[2], head, oldest, tonumber(meta[4]), tonumber(meta[5]), tonumber(meta[6] or 0)}
