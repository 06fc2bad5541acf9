export { createByteCache } from './byte-cache.ts'
export type { ByteCache } from './byte-cache.ts'
export { databaseError } from './database/database-error.ts'
export { createWriter } from './database/group-commit.ts'
export type { SqlValue, Transaction, Writer, WriterOptions } from './database/group-commit.ts'
export { migrate } from './database/migrations.ts'
export type { MigrateDeps, Migration } from './database/migrations.ts'
export { openDatabase } from './database/open.ts'
export type { Database, DatabaseEngine, DatabaseOptions } from './database/open.ts'
export { defaultDataDirectory, openDataDirectory } from './data-directory.ts'
export type { DataDirectory, DataDirectoryOptions } from './data-directory.ts'
export { nodeFlags } from './from-sources.ts'
export { jsonResponse } from './http/http-route.ts'
export type { HttpRequest, HttpResponse, Route } from './http/http-route.ts'
export { createHttpServer } from './http/http-server.ts'
export type { HttpServer, HttpServerDeps, HttpServerOptions } from './http/http-server.ts'
export { createLogger, logLevels } from './logger.ts'
export type { LogLevel, LoggerDeps, LoggerOptions } from './logger.ts'
export { createMetrics } from './metrics.ts'
export type { Counter, Labels, Metrics } from './metrics.ts'
export { operatorRoutes } from './http/operator-routes.ts'
export type { OperatorRoutesOptions } from './http/operator-routes.ts'
export { isLoopback, isWildcard, originOf } from './http/request-origin.ts'
export {
  configurationDocument,
  configurationRoutes,
  configurationScript,
  configurationTree,
  servicePaths,
} from './configuration/configuration-document.ts'
export type { ConfigurationOptions } from './configuration/configuration-document.ts'
export { openSealedText } from './signed-post/signed-post.ts'
export type { SignedPost, SignedText } from './signed-post/signed-post.ts'
export { signedPostRoutes } from './signed-post/signed-post-routes.ts'
export type {
  SignedPostDeps,
  SignedPostHandler,
  SignedPostOptions,
} from './signed-post/signed-post-routes.ts'
export { noProxies } from './table-queries/table.ts'
export type {
  Authority,
  Caller,
  Column,
  DerivedColumn,
  OwnWorker,
  SqlPart,
  Table,
  TableWrites,
} from './table-queries/table.ts'
export { tableQueryRoutes } from './table-queries/table-queries.ts'
export type { TableQueryDeps, TableQueryOptions } from './table-queries/table-queries.ts'
export { staticRoute } from './http/static-files.ts'
export type { StaticRouteOptions } from './http/static-files.ts'
export { openFileValueStore } from './value-store/file-value-store.ts'
export type { FileValueStoreDeps, FileValueStoreOptions } from './value-store/file-value-store.ts'
export { createMemoryValueStore } from './value-store/memory-value-store.ts'
export type { MemoryValueStore } from './value-store/memory-value-store.ts'
export { valueRoute, valuesPath } from './value-store/value-route.ts'
export type { KeptValue, OpenValue, ValueStore } from './value-store/value-store.ts'
