export { schedulerMigrations } from './database/migrations.ts'
export { createScheduler } from './scheduler.ts'
export type { Scheduler, SchedulerDeps, SchedulerLoad } from './scheduler.ts'
export { schedulerTables } from './tables/scheduler-tables.ts'
