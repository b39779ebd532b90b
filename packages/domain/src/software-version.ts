/** The version of every package of ours: what a service says it is, and what a client tells a host. */
export const SOFTWARE_VERSION = "0.1.0";
