/** Answers of more trustees than this cost a buyer more than a purchase is worth. */
export const TRUSTEES_LIMIT = 16;

/** Groups alive at one trustee: a new one every week, of five years. */
export const GROUPS_LIMIT = 256;

/** Ceremonies under way at one trustee: each holds a row of up to 128 KiB, and anybody may convene one. */
export const CEREMONIES_LIMIT = 8;
