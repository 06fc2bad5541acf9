// Input sets drawn from a distribution: the right number of values within the right bounds.
async function main() {
  const compute = require('dcp/compute')
  const { set } = require('dcp/stats-ranges')
  const same = (value) => {
    progress(1)
    return value
  }
  const random = Array.from(await compute.for(set.random(8, 2, 3), same).exec())
  console.log(
    random.length,
    random.every((value) => value >= 2 && value < 3),
    new Set(random).size,
  )
  const whole = Array.from(await compute.for(set.randomInt(20, 1, 6), same).exec())
  console.log(
    whole.length,
    whole.every((value) => Number.isInteger(value) && value >= 1 && value <= 6),
  )
  const normal = Array.from(await compute.for(set.normalRNG(8, 100, 1), same).exec())
  console.log(
    normal.length,
    normal.every((value) => Math.abs(value - 100) < 20),
  )
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => console.log('failed:', error))
  .finally(() => process.exit())
