-- Puts the data of a run in the place of data from which exchanges are gone. ARGV[8]: the LAST of the run. ARGV[9]: its
-- row, by which the data was made. ARGV[10]: the data. Gives whether it was done: it is not where the row has changed.
if call('HGET', ROWS, ARGV[8]) ~= ARGV[9] then
  return 0
end
call('HSET', DATA, ARGV[8], ARGV[10])
call('SREM', TORN, ARGV[8])
return 1
