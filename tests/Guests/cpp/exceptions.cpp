// Exceptions: unwinding, destructors on the way, rethrowing, nesting, other threads, foreign frames, and what ends the program.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <future>
#include <iostream>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <typeinfo>
#include <variant>
#include <vector>

struct Trace {
    std::string name;
    explicit Trace(std::string n) : name(std::move(n)) { std::cout << "make " << name << "\n"; }
    ~Trace() { std::cout << "drop " << name << (std::uncaught_exceptions() ? " while unwinding" : "") << "\n"; }
};

struct Base { virtual ~Base() = default; virtual const char *say() const { return "base"; } };
struct Left : virtual Base { const char *say() const override { return "left"; } };
struct Right : virtual Base {};
struct Both : Left, Right {};

static int deep(int n) {
    Trace trace("level " + std::to_string(n));
    if (n == 0)
        throw std::out_of_range("the bottom");
    return deep(n - 1) + 1;
}

static void nested(int n) {
    try {
        if (n == 0)
            throw std::runtime_error("innermost");
        nested(n - 1);
    } catch (...) {
        std::throw_with_nested(std::logic_error("around " + std::to_string(n)));
    }
}

static void print(const std::exception &e, int level = 0) {
    std::cout << std::string(level, ' ') << e.what() << "\n";
    try {
        std::rethrow_if_nested(e);
    } catch (const std::exception &inner) {
        print(inner, level + 1);
    }
}

static int compare(const void *left, const void *right) {
    int a = *static_cast<const int *>(left), b = *static_cast<const int *>(right);
    if (a == 13 || b == 13)
        throw std::string("thirteen");
    return a - b;
}

struct Member {
    Trace first{"first member"};
    Trace second;
    Member() try : second((throw 42, "never")) {
    } catch (int code) {
        std::cout << "a constructor failed with " << code << "\n";
    }
};

int main() {
    try {
        deep(3);
    } catch (const std::logic_error &e) {
        std::cout << typeid(e).name() << ": " << e.what() << "\n";
    }

    try {
        nested(3);
    } catch (const std::exception &e) {
        print(e);
    }

    try {
        throw Both();
    } catch (const Base &b) {
        std::cout << "caught as " << b.say() << " " << (dynamic_cast<const Right *>(&b) != nullptr) << "\n";
    }

    try {
        Base base;
        (void)dynamic_cast<Both &>(base);
    } catch (const std::bad_cast &e) {
        std::cout << e.what() << "\n";
    }

    try {
        Member member;
    } catch (int code) {
        std::cout << "and went on as " << code << "\n";
    }

    // Through a frame of the C library.
    int numbers[] = {9, 1, 13, 4, 2};
    try {
        std::qsort(numbers, 5, sizeof *numbers, compare);
    } catch (const std::string &s) {
        std::cout << "through qsort: " << s << "\n";
    }

    try {
        std::vector<int> v(3);
        v.at(3) = 1;
    } catch (const std::out_of_range &e) {
        std::cout << e.what() << "\n";
    }

    try {
        volatile size_t much = static_cast<size_t>(-1) / 4;
        std::unique_ptr<char[]> p(new char[much]);
        std::cout << "room for " << p[0] << "\n";
    } catch (const std::bad_alloc &e) {
        std::cout << e.what() << "\n";
    }

    try {
        std::get<int>(std::variant<int, std::string>("text"));
    } catch (const std::bad_variant_access &e) {
        std::cout << e.what() << "\n";
    }

    auto future = std::async(std::launch::async, [] { return deep(1); });
    try {
        future.get();
    } catch (const std::exception &e) {
        std::cout << "from another thread: " << e.what() << "\n";
    }

    std::exception_ptr kept;
    std::thread([&] {
        try {
            throw std::runtime_error("kept");
        } catch (...) {
            kept = std::current_exception();
        }
    }).join();
    try {
        std::rethrow_exception(kept);
    } catch (const std::exception &e) {
        std::cout << e.what() << "\n";
    }

    int caught = 0;
    for (int i = 0; i < 2000; i++) {
        try {
            throw i;
        } catch (int n) {
            caught += n == i;
        }
    }
    std::cout << caught << " in a row\n";

    std::set_terminate([] {
        std::cout << "terminated" << std::endl;
        std::abort();
    });
    std::function<void()>([]() noexcept { deep(0); })();
}
