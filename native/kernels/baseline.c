/* Vectors of 16 bytes: SSE2 on x86-64, NEON on 64-bit ARM, whatever the compiler makes of them elsewhere. */
#define VECTOR_BYTES 16
#define TARGET
#define ON(name) name##_baseline
#define TARGET_OBJECT spectral_baseline
#define LAB_OBJECT lab_baseline
#if defined(__aarch64__)
#define TARGET_NAME "neon"
#else
#define TARGET_NAME "baseline"
#endif
#include "kernels.h"
#include "lab/kernels.h"
