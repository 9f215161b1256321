// Streams and the rest of the library: formatting, parsing, files, strings, containers, algorithms, regular expressions, threads.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <iterator>
#include <map>
#include <mutex>
#include <numeric>
#include <queue>
#include <random>
#include <regex>
#include <set>
#include <shared_mutex>
#include <sstream>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace fs = std::filesystem;

struct AtExit {
    const char *name;
    ~AtExit() { std::cout << "static destructor of " << name << "\n"; }
};
static AtExit global{"a global"};

struct PerThread {
    std::string name{"none"};
    ~PerThread() { std::cerr << "thread-local destructor of " << name << "\n"; }
};
static thread_local PerThread perThread;

static void formatting() {
    std::cout << std::setw(8) << 42 << '|' << std::left << std::setw(8) << 42 << '|' << std::hex << std::showbase << 255 << std::dec << '|'
              << std::fixed << std::setprecision(3) << 3.14159 << '|' << std::scientific << 12345.678 << '|' << std::defaultfloat << 1e-5 << '|'
              << std::boolalpha << true << '|' << std::setfill('*') << std::right << std::setw(6) << -7 << std::setfill(' ') << '\n';
    std::cout << 1.0L / 3 << ' ' << std::setprecision(20) << 0.1 << ' ' << std::hexfloat << 1.5 << std::defaultfloat << std::setprecision(6) << ' '
              << std::quoted("a \"b\"") << ' ' << std::put_money(0) << std::uppercase << std::hex << 48879 << std::dec << std::nouppercase << '\n';
    std::istringstream in("12 0x1f 3.5e2 word \"two words\" rest of line\nnext");
    int number, hexadecimal;
    double real;
    std::string word, two, rest;
    in >> number >> std::hex >> hexadecimal >> real >> word >> std::quoted(two);
    std::getline(in, rest);
    std::cout << number << ' ' << hexadecimal << ' ' << real << ' ' << word << ' ' << two << ' ' << rest << ' ' << in.tellg() << '\n';
    in >> number;
    std::cout << in.fail() << in.eof() << std::stoi("77") + std::stod("0.5") << '\n';
    std::tm time{};
    std::istringstream("2024-03-05 06:07:08") >> std::get_time(&time, "%Y-%m-%d %H:%M:%S");
    std::cout << std::put_time(&time, "%d %b %Y %T") << '\n';
}

static void files() {
    {
        std::ofstream out("data.txt");
        for (int i = 0; i < 1000; i++)
            out << i << ' ' << i * i << '\n';
    }
    std::ifstream in("data.txt");
    long sum = 0, a, b;
    while (in >> a >> b)
        sum += b - a;
    std::cout << sum << ' ' << in.eof() << ' ' << fs::file_size("data.txt") << '\n';
    std::fstream both("data.txt", std::ios::in | std::ios::out | std::ios::binary);
    both.seekp(4) << "XY";
    both.seekg(-6, std::ios::end);
    std::string tail((std::istreambuf_iterator<char>(both)), {});
    std::cout << tail.size() << ' ' << std::ifstream("missing").is_open() << '\n';
    fs::create_directories("one/two");
    fs::copy_file("data.txt", "one/two/copy.txt");
    fs::create_symlink("two", "one/link");
    fs::rename("data.txt", "one/moved.txt");
    std::set<std::string> names;
    for (const auto &entry : fs::recursive_directory_iterator("one"))
        names.insert(entry.path().string() + (entry.is_symlink() ? "@" : entry.is_directory() ? "/" : ""));
    for (const auto &name : names)
        std::cout << name << ' ';
    std::error_code error;
    std::cout << fs::remove("one", error) << ' ' << error.message() << ' ' << fs::remove_all("one/two") << ' ' << fs::read_symlink("one/link") << '\n';
}

static void library() {
    std::mt19937_64 random(7);
    std::vector<int> numbers(5000);
    std::generate(numbers.begin(), numbers.end(), [&] { return static_cast<int>(random() % 1000); });
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    std::cout << numbers.size() << ' ' << std::accumulate(numbers.begin(), numbers.end(), 0) << ' '
              << *std::lower_bound(numbers.begin(), numbers.end(), 500) << '\n';
    std::map<std::string, int> count;
    std::istringstream text("the cat and the hat and the dog");
    for (std::string word; text >> word;)
        count[word]++;
    for (const auto &[word, times] : count)
        std::cout << word << '=' << times << ' ';
    std::regex pattern(R"((\w+)@(\w+)\.(\w+))");
    std::cout << std::regex_replace(std::string("write to joe@example.org now"), pattern, "$3.$2!$1") << '\n';
    std::priority_queue<int> heap(numbers.begin(), numbers.begin() + 20);
    std::unordered_map<int, int> squares;
    for (int i = 0; i < 100; i++)
        squares[i] = i * i;
    std::cout << heap.top() << ' ' << squares.at(99) << ' ' << std::gcd(84, 36) << '\n';
}

static void threads() {
    std::mutex mutex;
    std::condition_variable changed;
    std::queue<int> queue;
    bool done = false;
    long sum = 0;
    std::vector<std::thread> consumers;
    for (int i = 0; i < 3; i++)
        consumers.emplace_back([&] {
            std::unique_lock lock(mutex);
            while (true) {
                changed.wait(lock, [&] { return done || !queue.empty(); });
                if (queue.empty())
                    return;
                sum += queue.front();
                queue.pop();
            }
        });
    for (int i = 1; i <= 300; i++) {
        std::lock_guard lock(mutex);
        queue.push(i);
        changed.notify_one();
    }
    {
        std::lock_guard lock(mutex);
        done = true;
    }
    changed.notify_all();
    for (auto &t : consumers)
        t.join();
    std::atomic<int> counter{0};
    std::once_flag once;
    std::shared_timed_mutex shared;
    std::vector<std::thread> more;
    for (int i = 0; i < 4; i++)
        more.emplace_back([&] {
            std::call_once(once, [&] { counter += 1000; });
            std::shared_lock lock(shared);
            for (int n = 0; n < 1000; n++)
                counter.fetch_add(1, std::memory_order_relaxed);
        });
    for (auto &t : more)
        t.join();
    std::thread([] { perThread.name = "a thread"; }).join();
    perThread.name = "main";
    std::unique_lock lock(mutex);
    auto before = std::chrono::steady_clock::now();
    bool woken = changed.wait_for(lock, std::chrono::milliseconds(5)) == std::cv_status::no_timeout;
    std::cout << sum << ' ' << counter << ' ' << woken << ' ' << (std::chrono::steady_clock::now() - before >= std::chrono::milliseconds(5)) << '\n';
}

int main() {
    std::ios::sync_with_stdio(false);
    formatting();
    files();
    library();
    threads();
    std::string line;
    int lines = 0;
    while (std::getline(std::cin, line))
        std::cout << ++lines << ": " << line << '\n';
    std::cout << std::flush;
    return 3;
}
