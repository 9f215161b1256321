-- Tables, strings, coroutines, metatables, integers and floats, the garbage collector, files and processes.
print(_VERSION, math.type(1), math.type(1.0), 1 // 0.0, 7 // 2, -7 // 2, -7 % 3, 2^53, 1e15, 0x7fffffffffffffff + 1 == math.mininteger)
print(string.format("%5.2f|%-8s|%q|%x|%g", math.pi, "left", "a\nb", 255, 1e100))
for word, number in ("a=1, b=22, c=333"):gmatch("(%w+)=(%d+)") do io.write(word, ":", number, " ") end
print((("hello world"):gsub("o", { o = "0" })), ("abc"):rep(3, "-"), ("x"):byte(), #"\u{20ac}", utf8.len("ä€"))

local function permutations(list, n)
  return coroutine.wrap(function()
    local function permute(n)
      if n == 0 then coroutine.yield(table.concat(list)) end
      for i = 1, n do
        list[n], list[i] = list[i], list[n]
        permute(n - 1)
        list[n], list[i] = list[i], list[n]
      end
    end
    permute(n)
  end)
end
local found = {}
for p in permutations({ "a", "b", "c", "d" }, 4) do found[#found + 1] = p end
table.sort(found)
print(#found, found[1], found[24])

local vector = setmetatable({}, { __call = function(class, x, y) return setmetatable({ x = x, y = y }, class) end })
vector.__index = vector
vector.__add = function(a, b) return vector(a.x + b.x, a.y + b.y) end
vector.__eq = function(a, b) return a.x == b.x and a.y == b.y end
vector.__tostring = function(v) return "(" .. v.x .. ", " .. v.y .. ")" end
vector.__close = function(v) print("closed", v) end
do
  local v <close> = vector(1, 2) + vector(3, 4.5)
  print(v, v == vector(4, 6.5))
end
print(pcall(error, { code = 1 }), select("#", pcall(error)))
print(pcall(function() local t = nil; return t.x end))
print(xpcall(function() error("deep", 2) end, function(m) return "handled " .. tostring(m) end))

local seed, numbers = 7, {}
for i = 1, 5000 do seed = (seed * 1103515245 + 12345) % 2147483648; numbers[i] = seed % 10007 end
table.sort(numbers, function(a, b) return a > b end)
print(numbers[1], numbers[2500], numbers[5000])
local weak = setmetatable({}, { __mode = "k" })
for i = 1, 100 do weak[{}] = i end
collectgarbage()
print(next(weak), collectgarbage("count") > 0, string.pack("<i4z", 7, "abc"):byte(1, -1))

local f = assert(io.open("lua.txt", "w"))
for i = 1, 300 do f:write(i, "\n") end
f:close()
local sum = 0
for n in io.lines("lua.txt", "n") do sum = sum + n end
print(sum, assert(io.open("lua.txt")):seek("end"), io.open("missing"))
local pipe = io.popen("echo from the shell; exit 3")
print(pipe:read("a"), pipe:close())
print(os.execute("exit 4"), os.rename("lua.txt", "renamed.txt"), os.date("!%Y-%m-%d", 86400), os.getenv("HOME"))
print(load("return ...", "chunk", "t", {})(1, 2), #string.dump(function() end) > 0, rawlen({ 1, 2 }), math.ult(1, -1))
os.exit(6, true)
