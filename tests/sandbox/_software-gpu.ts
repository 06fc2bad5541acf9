// A graphics processor in software, for tests: SwiftShader, as the package `chromium` of Debian has it.
import { existsSync } from 'node:fs'

const manifests = [
  '/usr/lib/chromium/vk_swiftshader_icd.json',
  '/usr/lib64/chromium-browser/vk_swiftshader_icd.json',
]

/** Undefined where it is not installed: what needs it is skipped. */
export const softwareGpu: string | undefined = manifests.find((path) => existsSync(path))

/** How one gets it, for whoever sees that tests did not run. */
export const howToGetIt = 'not run: no SwiftShader here (apt-get install chromium)'
