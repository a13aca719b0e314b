/** The format's name in messages and reports, for every container. */
export const FORMAT = "pytorch";
