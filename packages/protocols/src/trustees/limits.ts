/** Answers of more trustees than this cost a buyer more than a purchase is worth. */
export const TRUSTEES_LIMIT = 16;

/** Groups alive at one trustee: a new one every month, of five years. All of them fit one answer in JSON. */
export const GROUPS_LIMIT = 64;

/** Ceremonies under way at one trustee: each holds a row of up to 128 KiB, and anybody may convene one. */
export const CEREMONIES_LIMIT = 8;
