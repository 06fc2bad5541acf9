/** Exit statuses of `manyhands worker` that say more than failure; as official workers end. */

/** The scheduler had it leave: whoever runs it decides when it starts again. */
export const killedStatus = 130
/** The scheduler asked for a fresh process: it is to be started again. */
export const reloadStatus = 13
