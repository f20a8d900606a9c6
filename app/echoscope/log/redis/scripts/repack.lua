-- Puts the data of a run in the place of data from which exchanges are gone. ARGV[8]: the birth of the log. ARGV[9]: the
-- LAST of the run. ARGV[10]: its row, by which the data was made. ARGV[11]: the data. Gives whether it was done: it is
-- not where the row has changed.
if call('HGET', META, 'birth') ~= ARGV[8] or call('HGET', ROWS, ARGV[9]) ~= ARGV[10] then
  return 0
end
call('HSET', DATA, ARGV[9], ARGV[11])
call('SREM', TORN, ARGV[9])
return 1
