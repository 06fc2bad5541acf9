/** Builds what is bundled, unless it is there and newer than its sources. */
export declare function setup(): Promise<void>
