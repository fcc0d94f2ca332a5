// A library in two versions, before and after a fix (FIXED): real machine code for the tests of patches, with what
// compilers make of jump tables, virtual functions, exceptions, imported functions and tables of pointers.

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace sample {

extern "C" {

struct Shape {
  virtual ~Shape() = default;
  virtual int area(int size) const { return size * size; }
};

struct Box : Shape {
  int area(int size) const override { return size * size + 1; }
};

int checked(const char* text, int length) {
#ifdef FIXED
  if (length < 0 || static_cast<std::size_t>(length) > std::strlen(text)) {
    std::fprintf(stderr, "checked: a length of %d is not possible\n", length);
    throw std::out_of_range("checked: the text is shorter than its length says");
  }
#endif
  int sum = 0;
  for (int i = 0; i < length; ++i) sum = sum * 31 + text[i];
  return sum;
}

#ifdef FIXED
int refused(int number) {
  std::fputs("refused\n", stderr);
  return std::abs(number) + std::atoi("12");
}
#endif

int choose(int what, const char* text) {
  switch (what) {
    case 0: return std::puts(text);
    case 1: return std::atoi(text);
    case 2: return static_cast<int>(std::strlen(text));
    case 3: return checked(text, 3);
    case 4: return static_cast<int>(std::strtol(text, nullptr, 16));
    case 5: return std::getenv(text) != nullptr ? 1 : 0;
    case 6: return std::printf("%s\n", text);
    default: throw std::runtime_error(text);
  }
}

}  // extern "C"

/// Many functions that are not the same.
template <int kNumber>
int work(const char* text) {
  static int calls = 0;
  ++calls;
  try {
    const Box box;
    const Shape& shape = box;
    if (calls % (kNumber + 2) == 0) return choose(kNumber % 9, text) + shape.area(kNumber);
    if (calls > kNumber * 7) return std::printf("%d of %s\n", kNumber * 1000 + calls, text);
    return calls * kNumber + checked(text, kNumber % 5);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%d: %s\n", kNumber, error.what());
    return kNumber;
  }
}

template <int kNumber>
struct Table {
  static void fill(int (**functions)(const char*)) {
    Table<kNumber - 1>::fill(functions);
    functions[kNumber - 1] = work<kNumber>;
  }
};
template <>
struct Table<0> {
  static void fill(int (**)(const char*)) {}
};

int (*all_functions[120])(const char*) = {work<1>, work<2>, work<3>, work<5>, work<8>, work<13>};
void fill_all() { Table<120>::fill(all_functions); }

}  // namespace sample
