export { identityMigrations } from './database/migrations.ts'
export { createIdentity } from './identity.ts'
export type { Identity, IdentityDeps } from './identity.ts'
