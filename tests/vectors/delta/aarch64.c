// An AArch64 library in two versions, before and after a fix (FIXED), with everything in one segment as small linkers lay
// it out. Made once, by make-aarch64.sh here, because machines that run the tests need not have a cross compiler.

typedef unsigned long size_t;
int printf(const char* format, ...);
size_t strlen(const char* text);
void* memcpy(void* to, const void* from, size_t size);
void abort(void);

static const char* const kNames[] = {"zero", "one", "two", "three", "four", "five", "six", "seven"};
static int calls[3000];
int last_error;

__attribute__((noinline)) int checked(const char* text, int length) {
#ifdef FIXED
  if (length < 0 || (size_t)length > strlen(text)) {
    printf("checked: a length of %d is not possible\n", length);
    last_error = 22;
    abort();
  }
#endif
  int sum = 0;
  for (int i = 0; i < length; ++i) sum = sum * 31 + text[i];
  return sum;
}

#define FUNCTION(n)                                                     \
  int step_##n(int value) {                                             \
    calls[n * 11] += value;                                             \
    if (value > n) return checked(kNames[(n + value) & 7], value) + n;  \
    printf("step " #n ": %s %d\n", kNames[n & 7], value);               \
    return last_error * value;                                          \
  }
#define TEN(n) FUNCTION(n##0) FUNCTION(n##1) FUNCTION(n##2) FUNCTION(n##3) FUNCTION(n##4) \
               FUNCTION(n##5) FUNCTION(n##6) FUNCTION(n##7) FUNCTION(n##8) FUNCTION(n##9)
TEN(1) TEN(2) TEN(3) TEN(4) TEN(5) TEN(6)

int (*const kSteps[])(int) = {step_10, step_22, step_33, step_44, step_55, step_66};

int choose(int what, int value) {
  switch (what) {
    case 0: return step_10(value);
    case 1: return step_21(value) + 7;
    case 2: return kSteps[value % 6](value);
    case 3: last_error = value; return 3;
    case 4: return step_34(value) * 2;
    case 5: calls[2] = 5; return value;
    case 6: return step_69(1);
    case 7: return -value;
    default: return checked("none", 4);
  }
}

// A field far behind the page that ADRP names is not a reference to it.
int field(void) {
  int value;
  __asm__("adrp x9, calls\n\tldr %w0, [x9, #0x1e28]" : "=r"(value) : : "x9");
  return value;
}
