/** linux/netlink.h and linux/netfilter/nfnetlink.h. */
export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;
export const NLM_F_DUMP_INTR = 0x10;
export const NFNL_MSG_BATCH_BEGIN = 0x10;
