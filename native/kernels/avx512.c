/* Vectors of 64 bytes. */
#if defined(__x86_64__)
#define VECTOR_BYTES 64
#define TARGET __attribute__((target("avx512f,avx512dq,avx512vl,avx2,fma")))
#define ON(name) name##_avx512
#define TARGET_OBJECT spectral_avx512
#define LAB_OBJECT lab_avx512
#define TARGET_NAME "avx512"
#include "kernels.h"
#include "lab/kernels.h"
#endif
