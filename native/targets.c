/* Which targets this processor can run. */
#include "internal.h"

int spectral_target_count(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return 1;
  int avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl");
  return avx512 ? 3 : 2;
#else
  return 1;
#endif
}

const char *spectral_target_name(int number) {
#if defined(__x86_64__)
  return number == 2 ? spectral_avx512.name : number == 1 ? spectral_avx2.name : spectral_baseline.name;
#else
  (void)number;
  return spectral_baseline.name;
#endif
}
