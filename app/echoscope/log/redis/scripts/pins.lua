-- Gives the pins and the notes.
return {redis.call('HGETALL', KEYS[5]), redis.call('HGETALL', KEYS[7])}
