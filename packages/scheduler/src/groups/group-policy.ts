/** What clients may do with compute groups on this scheduler. */
export interface GroupPolicy {
  /** Any identity may make groups. */
  readonly create: boolean
  /** Owners may delete their groups. */
  readonly delete: boolean
}

export const openGroupPolicy: GroupPolicy = { create: true, delete: true }
