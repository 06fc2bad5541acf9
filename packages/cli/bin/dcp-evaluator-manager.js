#!/usr/bin/env node
import { launch } from './launch.js'

await launch('official/evaluator-manager', ['SIGPWR', 'SIGTSTP', 'SIGUSR1', 'SIGUSR2'])
