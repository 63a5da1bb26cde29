// The entry of the analysis thread: a code and a selector come in, template programs go out. Nobody waits for it.

import { hostPort } from '#platform'
import { type AnalysisAnswer, type AnalysisJob, Analyst } from './supply.ts'

const port = hostPort<AnalysisJob, AnalysisAnswer>()
const analyst = new Analyst()
port?.listen(job => port.post(analyst.analyse(job)))
