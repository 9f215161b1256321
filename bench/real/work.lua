-- Tables, closures, text and floating point in Lua: work.lua ROUNDS.
local rounds = tonumber(arg[1])
local total, words, counts, x = 0, {}, {}, 0.5
local function counter(step)
  local value = 0
  return function() value = value + step return value end
end
local count = counter(3)
for i = 1, rounds do
  total = (total * 31 + i) % 1000003
  x = 3.75 * x * (1 - x)
  counts[total % 997] = (counts[total % 997] or 0) + count() % 7
  if i % 16 == 0 then words[#words + 1] = string.format("%06d-%x", total, i) end
  if #words == 1000 then
    table.sort(words, function(a, b) return a:reverse() < b:reverse() end)
    total = total + #table.concat(words, ","):gsub("[13579]", "")
    words = {}
  end
end
local sum = 0
for key = 0, 996 do sum = (sum * 33 + (counts[key] or 0)) % 1000003 end
print(total, string.format("%.12f", x), sum)
