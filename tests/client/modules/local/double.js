const { add } = require('./add')

exports.double = (value) => add(value, value)
