/** The values of the 16 codes of E2M1, sign in the highest bit [OCPMX23, 5.3.3]. */
export const E2M1 = Float64Array.of(0, 0.5, 1, 1.5, 2, 3, 4, 6, -0, -0.5, -1, -1.5, -2, -3, -4, -6);

/**
 * The scales 2^(code - 127) of E8M0 [OCPMX23, 5.4.1]. The standard makes code 255 NaN, but every writer of weights uses
 * it as 2^128.
 */
export const E8M0 = Float64Array.from({ length: 256 }, (_, code) => 2 ** (code - 127));
