/** Preloaded before a process whose clock is wrong by DISPUTES_AHEAD_MS. Only what it says is wrong: it goes as fast as others. */
const aheadMs = Number(process.env.DISPUTES_AHEAD_MS);
const true_ = Date.now;
Date.now = () => true_() + aheadMs;
