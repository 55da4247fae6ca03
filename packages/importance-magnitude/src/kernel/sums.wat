;; Sums of |w| and w^2, and what float16 and bfloat16 numbers are. `pnpm kernels` assembles this file into sums.wasm.ts.
;; Every sum is made of the same terms in the same order as in ../power-sums.ts, all in float64: the results are the same
;; bits. |w| and w^2 of a float32 are exact there.
(module
  (memory (export "memory") 1)

  ;; |w| is multiplied by itself, or where the sum is one of |w| by 1: one loop for both.
  (global $one v128 (v128.const f64x2 1 1))

  ;; Four sums that were made side by side.
  (func $total (param $a v128) (param $b v128) (result f64)
    (f64.add
      (f64.add (f64x2.extract_lane 0 (local.get $a)) (f64x2.extract_lane 1 (local.get $a)))
      (f64.add (f64x2.extract_lane 0 (local.get $b)) (f64x2.extract_lane 1 (local.get $b)))))

  (func $term (param $at i32) (param $square i32) (result f64)
    (local $x f64)
    (local.set $x (f64.abs (f64.promote_f32 (f32.load (local.get $at)))))
    (if (result f64) (local.get $square)
      (then (f64.mul (local.get $x) (local.get $x)))
      (else (local.get $x))))

  ;; Adds each of `count` numbers at `at` to its own place in a column, places `stride` bytes apart; the sum of all.
  (func (export "addElements")
    (param $at i32) (param $count i32) (param $to i32) (param $stride i32) (param $square i32) (result f64)
    (local $a v128) (local $b v128) (local $x v128) (local $y v128) (local $mask v128) (local $last i32) (local $end i32)
    (local $z f64) (local $s f64)
    (local.set $mask (i32x4.splat (i32.sub (i32.const 0) (local.get $square))))
    (local.set $end (i32.add (local.get $at) (i32.shl (local.get $count) (i32.const 2))))
    (local.set $last (i32.sub (local.get $end) (i32.const 15)))
    (block $done
      (br_if $done (i32.ge_s (local.get $at) (local.get $last)))
      (if (i32.eq (local.get $stride) (i32.const 8))
        (then
          (loop $next
            (local.set $x (f32x4.abs (v128.load align=4 (local.get $at))))
            (local.set $y (f64x2.promote_low_f32x4
              (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 (local.get $x) (local.get $x))))
            (local.set $x (f64x2.promote_low_f32x4 (local.get $x)))
            (local.set $x (f64x2.mul (local.get $x)
              (v128.bitselect (local.get $x) (global.get $one) (local.get $mask))))
            (local.set $y (f64x2.mul (local.get $y)
              (v128.bitselect (local.get $y) (global.get $one) (local.get $mask))))
            (v128.store align=8 (local.get $to)
              (f64x2.add (v128.load align=8 (local.get $to)) (local.get $x)))
            (v128.store offset=16 align=8 (local.get $to)
              (f64x2.add (v128.load offset=16 align=8 (local.get $to)) (local.get $y)))
            (local.set $a (f64x2.add (local.get $a) (local.get $x)))
            (local.set $b (f64x2.add (local.get $b) (local.get $y)))
            (local.set $to (i32.add (local.get $to) (i32.const 32)))
            (local.set $at (i32.add (local.get $at) (i32.const 16)))
            (br_if $next (i32.lt_s (local.get $at) (local.get $last)))))
        (else
          (loop $next
            (local.set $x (f32x4.abs (v128.load align=4 (local.get $at))))
            (local.set $y (f64x2.promote_low_f32x4
              (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 (local.get $x) (local.get $x))))
            (local.set $x (f64x2.promote_low_f32x4 (local.get $x)))
            (local.set $x (f64x2.mul (local.get $x)
              (v128.bitselect (local.get $x) (global.get $one) (local.get $mask))))
            (local.set $y (f64x2.mul (local.get $y)
              (v128.bitselect (local.get $y) (global.get $one) (local.get $mask))))
            (f64.store (local.get $to)
              (f64.add (f64.load (local.get $to)) (f64x2.extract_lane 0 (local.get $x))))
            (local.set $to (i32.add (local.get $to) (local.get $stride)))
            (f64.store (local.get $to)
              (f64.add (f64.load (local.get $to)) (f64x2.extract_lane 1 (local.get $x))))
            (local.set $to (i32.add (local.get $to) (local.get $stride)))
            (f64.store (local.get $to)
              (f64.add (f64.load (local.get $to)) (f64x2.extract_lane 0 (local.get $y))))
            (local.set $to (i32.add (local.get $to) (local.get $stride)))
            (f64.store (local.get $to)
              (f64.add (f64.load (local.get $to)) (f64x2.extract_lane 1 (local.get $y))))
            (local.set $to (i32.add (local.get $to) (local.get $stride)))
            (local.set $a (f64x2.add (local.get $a) (local.get $x)))
            (local.set $b (f64x2.add (local.get $b) (local.get $y)))
            (local.set $at (i32.add (local.get $at) (i32.const 16)))
            (br_if $next (i32.lt_s (local.get $at) (local.get $last)))))))
    (local.set $s (f64x2.extract_lane 0 (local.get $a)))
    (block $ended
      (loop $next
        (br_if $ended (i32.ge_s (local.get $at) (local.get $end)))
        (local.set $z (call $term (local.get $at) (local.get $square)))
        (f64.store (local.get $to) (f64.add (f64.load (local.get $to)) (local.get $z)))
        (local.set $s (f64.add (local.get $s) (local.get $z)))
        (local.set $to (i32.add (local.get $to) (local.get $stride)))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (br $next)))
    (call $total (f64x2.replace_lane 0 (local.get $a) (local.get $s)) (local.get $b)))

  ;; The sum of `count` numbers at `at`.
  (func $run (param $at i32) (param $count i32) (param $square i32) (result f64)
    (local $a v128) (local $b v128) (local $x v128) (local $y v128) (local $mask v128) (local $last i32) (local $end i32)
    (local $s f64)
    (local.set $mask (i32x4.splat (i32.sub (i32.const 0) (local.get $square))))
    (local.set $end (i32.add (local.get $at) (i32.shl (local.get $count) (i32.const 2))))
    (local.set $last (i32.sub (local.get $end) (i32.const 15)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_s (local.get $at) (local.get $last)))
        (local.set $x (f32x4.abs (v128.load align=4 (local.get $at))))
        (local.set $y (f64x2.promote_low_f32x4
          (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 (local.get $x) (local.get $x))))
        (local.set $x (f64x2.promote_low_f32x4 (local.get $x)))
        (local.set $a (f64x2.add (local.get $a) (f64x2.mul (local.get $x)
          (v128.bitselect (local.get $x) (global.get $one) (local.get $mask)))))
        (local.set $b (f64x2.add (local.get $b) (f64x2.mul (local.get $y)
          (v128.bitselect (local.get $y) (global.get $one) (local.get $mask)))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $next)))
    (local.set $s (f64x2.extract_lane 0 (local.get $a)))
    (block $ended
      (loop $next
        (br_if $ended (i32.ge_s (local.get $at) (local.get $end)))
        (local.set $s (f64.add (local.get $s) (call $term (local.get $at) (local.get $square))))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (br $next)))
    (call $total (f64x2.replace_lane 0 (local.get $a) (local.get $s)) (local.get $b)))

  ;; Adds the sum of each of `count` runs of `length` numbers to its place in the column; the sum of all.
  (func (export "addRuns")
    (param $at i32) (param $count i32) (param $length i32) (param $to i32) (param $stride i32) (param $square i32)
    (result f64)
    (local $sum f64) (local $total f64) (local $end i32) (local $step i32)
    (local.set $step (i32.shl (local.get $length) (i32.const 2)))
    (local.set $end (i32.add (local.get $at) (i32.mul (local.get $count) (local.get $step))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_s (local.get $at) (local.get $end)))
        (local.set $sum (call $run (local.get $at) (local.get $length) (local.get $square)))
        (f64.store (local.get $to) (f64.add (f64.load (local.get $to)) (local.get $sum)))
        (local.set $total (f64.add (local.get $total) (local.get $sum)))
        (local.set $to (i32.add (local.get $to) (local.get $stride)))
        (local.set $at (i32.add (local.get $at) (local.get $step)))
        (br $next)))
    (local.get $total))

  ;; |w| of `count` bfloat16 numbers, four at a time: reads and writes up to three more than there are.
  (func (export "fromBrains") (param $from i32) (param $to i32) (param $count i32)
    (local $end i32)
    (local.set $end (i32.add (local.get $from) (i32.shl (local.get $count) (i32.const 1))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $from) (local.get $end)))
        (v128.store (local.get $to)
          (f32x4.abs (i32x4.shl (v128.load16x4_u align=2 (local.get $from)) (i32.const 16))))
        (local.set $to (i32.add (local.get $to) (i32.const 16)))
        (local.set $from (i32.add (local.get $from) (i32.const 8)))
        (br $next))))

  ;; |w| of `count` float16 numbers, four at a time: reads and writes up to three more than there are. Exponents move by
  ;; 112; those of infinities and NaN by as much again. What is below the normal numbers gets an exponent of 113, which is
  ;; taken off as a number.
  (func (export "fromHalves") (param $from i32) (param $to i32) (param $count i32)
    (local $h v128) (local $x v128) (local $end i32)
    (local $unsigned v128) (local $normal v128) (local $finite v128) (local $moved v128) (local $first v128)
    (local.set $unsigned (i32x4.splat (i32.const 0x7fff)))
    (local.set $normal (i32x4.splat (i32.const 0x400)))
    (local.set $finite (i32x4.splat (i32.const 0x7bff)))
    (local.set $moved (i32x4.splat (i32.const 0x38000000)))
    (local.set $first (i32x4.splat (i32.const 0x38800000)))
    (local.set $end (i32.add (local.get $from) (i32.shl (local.get $count) (i32.const 1))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $from) (local.get $end)))
        (local.set $h (v128.and (v128.load16x4_u align=2 (local.get $from)) (local.get $unsigned)))
        (local.set $x (i32x4.shl (local.get $h) (i32.const 13)))
        (v128.store (local.get $to)
          (v128.bitselect
            (f32x4.sub (i32x4.add (local.get $x) (local.get $first)) (local.get $first))
            (i32x4.add
              (i32x4.add (local.get $x) (local.get $moved))
              (v128.and (local.get $moved) (i32x4.gt_s (local.get $h) (local.get $finite))))
            (i32x4.lt_s (local.get $h) (local.get $normal))))
        (local.set $to (i32.add (local.get $to) (i32.const 16)))
        (local.set $from (i32.add (local.get $from) (i32.const 8)))
        (br $next))))
)
