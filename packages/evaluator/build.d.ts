/** True when dist/guest.js was made from the sources as they are now. */
export declare function isGuestBuilt(): boolean
/** Builds the guest; two builds at once do not disturb each other. */
export declare function buildGuest(): Promise<void>
/** Builds dist/guest-unhardened.js, which only an evaluator that was weakened for a test will run. */
export declare function buildUnhardenedGuest(): Promise<void>
