/* Vectors of 32 bytes with fused multiply-add. */
#if defined(__x86_64__)
#define VECTOR_BYTES 32
/* Only words that every compiler knows: clang 14 drops the whole attribute for an unknown one, with a warning. */
#define TARGET __attribute__((target("avx2,fma")))
#define ON(name) name##_avx2
#define TARGET_OBJECT spectral_avx2
#define LAB_OBJECT lab_avx2
#define TARGET_NAME "avx2"
#include "kernels.h"
#include "lab/kernels.h"
#endif
