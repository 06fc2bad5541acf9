export { packageServerMigrations } from './database/migrations.ts'
export { createPackageServer } from './package-server.ts'
export type { PackageServer, PackageServerDeps } from './package-server.ts'
