#!/usr/bin/env node
import { launch } from './launch.js'

await launch('official/evaluator-start')
