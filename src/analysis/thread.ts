// The entry of the analysis thread: codes with selectors, and lessons, come in; template programs go out. Nobody waits for it.

import { hostPort } from '#port'
import { Analyst, type Answer, type Job } from './analyst.ts'

const port = hostPort<Job, Answer>()
const analyst = new Analyst()
port?.listen(job => port.post(analyst.work(job)))
