/** The version every package of this repository has. */
export const VERSION = "0.1.0";
