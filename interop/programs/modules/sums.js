module.declare([], (require, exports) => {
  exports.sum = (list) => list.reduce((sum, one) => sum + one, 0)
})
