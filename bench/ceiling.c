/*
 * What a core can do at most: multiply-adds in registers alone, by each kind of vector. Answers "target type steps"
 * with the operations and the processor seconds of them, or "none" for a target that this processor does not run.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Independent chains: enough to hide the latency of two multiply-adds per cycle, few enough for 16 registers. */
#define CHAINS 12
#define EACH(do) do(0) do(1) do(2) do(3) do(4) do(5) do(6) do(7) do(8) do(9) do(10) do(11)

static volatile double factor = 0.999, term = 0.5, sink;

#define DECLARE(i) c##i = one * (i + 1),
#define STEP(i) c##i = c##i * a + b;
#define SUM(i) sum += c##i;
#define LOOP(name, T, bytes, attribute)                                                                               \
  attribute static double name(long steps) {                                                                          \
    typedef T vector __attribute__((vector_size(bytes)));                                                             \
    vector one = (vector){0} + (T)1, a = one * (T)factor, b = one * (T)term;                                          \
    vector EACH(DECLARE) sum = (vector){0};                                                                           \
    for (long k = 0; k < steps; k++) {                                                                                \
      EACH(STEP)                                                                                                      \
    }                                                                                                                 \
    EACH(SUM)                                                                                                         \
    sink = (double)sum[0];                                                                                            \
    return 2.0 * CHAINS * (bytes / sizeof(T)) * (double)steps;                                                        \
  }

LOOP(baseline_f64, double, 16, )
LOOP(baseline_f32, float, 16, )
#if defined(__x86_64__)
#define AVX2 __attribute__((target("avx2,fma")))
#define AVX512 __attribute__((target("avx512f,avx512dq,avx512vl,avx2,fma")))
LOOP(avx2_f64, double, 32, AVX2)
LOOP(avx2_f32, float, 32, AVX2)
LOOP(avx512_f64, double, 64, AVX512)
LOOP(avx512_f32, float, 64, AVX512)
#endif

typedef double loop(long steps);

static loop *find(const char *target, int is64) {
  if (strcmp(target, "baseline") == 0 || strcmp(target, "neon") == 0) return is64 ? baseline_f64 : baseline_f32;
#if defined(__x86_64__)
  if (strcmp(target, "avx2") == 0 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return is64 ? avx2_f64 : avx2_f32;
  if (strcmp(target, "avx512") == 0 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl"))
    return is64 ? avx512_f64 : avx512_f32;
#endif
  return NULL;
}

int main(void) {
  char target[16], type[16];
  long steps;
  while (scanf("%15s %15s %ld", target, type, &steps) == 3) {
    loop *run = find(target, strcmp(type, "f64") == 0);
    if (run == NULL) {
      puts("none");
    } else {
      clock_t start = clock();
      double operations = run(steps);
      printf("%.0f %.9f\n", operations, (double)(clock() - start) / CLOCKS_PER_SEC);
    }
    fflush(stdout);
  }
  return 0;
}
