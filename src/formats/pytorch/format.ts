/** The format's name in messages and reports, whatever its container. */
export const FORMAT = "pytorch";
