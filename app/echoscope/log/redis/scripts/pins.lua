-- Gives the pins, the notes and the ids of large pins.
return {redis.call('HGETALL', KEYS[8]), redis.call('HGETALL', KEYS[10]), redis.call('HKEYS', KEYS[9])}
