//! Operators, with Terraform's conversions of their operands.

use hcl_edit::expr::{BinaryOp, BinaryOperator, UnaryOp, UnaryOperator};

use super::convert;
use super::evaluator::Evaluator;
use super::fault::Eval;
use super::numbers::{self, Interval, Operation};
use super::scope::Scope;
use super::source::Place;
use super::types::Type;
use super::value::{Content, MappingKind, SequenceKind, Value};
use crate::model::Number;

impl<'p> Evaluator<'p> {
    /// `-x` and `!x`.
    pub(super) fn unary(&self, operation: &UnaryOp, scope: Scope<'_, 'p>) -> Eval {
        let operand = self.eval(&operation.expr, scope)?;
        if operand.is_unknown() {
            let negative = (*operation.operator.value() == UnaryOperator::Neg)
                .then(|| Interval::exactly(&Number::from(0)).compute(Operation::Subtract, &operand.near()?))
                .flatten();
            let value = negative.map_or_else(|| derived(&[&operand]), Value::between);
            return Ok(value.marked(operand.sensitive));
        }
        let result = match operation.operator.value() {
            UnaryOperator::Not => not_null(&operand).and_then(convert::truth).map(|truth| Value::bool(!truth)),
            UnaryOperator::Neg => decimal(&operand)
                .and_then(|number| numbers::compute(Operation::Subtract, &Number::from(0), &number))
                .map(|number| Value::number(number).shortened(operand.short)),
        };
        let value = result.map_err(|message| Self::fault(scope, &operation.expr, message))?;
        Ok(value.marked(operand.sensitive))
    }

    /// `x op y`.
    pub(super) fn binary(&self, operation: &BinaryOp, scope: Scope<'_, 'p>) -> Eval {
        let operator = *operation.operator.value();
        let left = self.eval(&operation.lhs_expr, scope)?;
        let settled = match operator {
            BinaryOperator::And => Some(false),
            BinaryOperator::Or => Some(true),
            _ => None,
        };
        let logical = |value: &Value| {
            if value.is_unknown() { Ok(None) } else { not_null(value).and_then(convert::truth).map(Some) }
        };
        let Some(settled) = settled else {
            let right = self.eval(&operation.rhs_expr, scope)?;
            if let (Content::Number(left), Content::Number(right)) = (&left.content, &right.content) {
                self.spend(numbers::cost(left, right), || Place::of(scope.source, operation))?;
            }
            let result = self.compute(operator, &left, &right);
            return result.map_err(|message| Self::fault(scope, operation, message));
        };
        let first = logical(&left).map_err(|message| Self::fault(scope, &operation.lhs_expr, message))?;
        if first == Some(settled) {
            return Ok(Value::bool(settled).marked(left.sensitive));
        }
        let right = self.eval(&operation.rhs_expr, scope)?;
        let second = logical(&right).map_err(|message| Self::fault(scope, &operation.rhs_expr, message))?;
        // One side that settles the result does so whatever the other one turns out to be.
        Ok(match (first, second) {
            (_, Some(second)) if second == settled => Value::bool(settled).marked(left.sensitive || right.sensitive),
            (Some(_), Some(second)) => Value::bool(second).marked(left.sensitive || right.sensitive),
            _ => derived(&[&left, &right]),
        })
    }

    fn compute(&self, operator: BinaryOperator, left: &Value, right: &Value) -> Result<Value, String> {
        let (left, right) = (&self.outputs_of(left), &self.outputs_of(right));
        if matches!(operator, BinaryOperator::Eq | BinaryOperator::NotEq) {
            let Some(equal) = equality(left, right) else { return Ok(derived(&[left, right])) };
            let sensitive = left.has_sensitive() || right.has_sensitive();
            return Ok(Value::bool(equal == (operator == BinaryOperator::Eq)).marked(sensitive));
        }
        if left.is_unknown() || right.is_unknown() {
            let value = nearly(operator, left, right).unwrap_or_else(|| derived(&[left, right]));
            return Ok(value.marked(left.sensitive || right.sensitive));
        }
        let (first, second) = (decimal(left)?, decimal(right)?);
        if let Some(operation) = arithmetic(operator) {
            let number = numbers::compute(operation, &first, &second)?;
            // The longer of the two decides, and a text gives a long one.
            let short = left.short && right.short;
            let value = if short { Value::rounded(number) } else { Value::number(number) };
            return Ok(value.marked(left.sensitive || right.sensitive));
        }
        let value = match operator {
            BinaryOperator::Less => Value::bool(first < second),
            BinaryOperator::LessEq => Value::bool(first <= second),
            BinaryOperator::Greater => Value::bool(first > second),
            BinaryOperator::GreaterEq => Value::bool(first >= second),
            _ => return Err("this operator takes other operands".to_owned()),
        };
        Ok(value.marked(left.sensitive || right.sensitive))
    }
}

/// What an operator computes, if it is one of arithmetic.
fn arithmetic(operator: BinaryOperator) -> Option<Operation> {
    match operator {
        BinaryOperator::Plus => Some(Operation::Add),
        BinaryOperator::Minus => Some(Operation::Subtract),
        BinaryOperator::Mul => Some(Operation::Multiply),
        BinaryOperator::Div => Some(Operation::Divide),
        BinaryOperator::Mod => Some(Operation::Remainder),
        _ => None,
    }
}

/// What is known of a result although last digits of operands are not; `None`: nothing.
fn nearly(operator: BinaryOperator, left: &Value, right: &Value) -> Option<Value> {
    let (left, right) = (left.near()?, right.near()?);
    if let Some(operation) = arithmetic(operator) {
        return left.compute(operation, &right).map(Value::between);
    }
    let order = left.compare(&right)?;
    match operator {
        BinaryOperator::Less | BinaryOperator::LessEq => Some(Value::bool(order.is_lt())),
        BinaryOperator::Greater | BinaryOperator::GreaterEq => Some(Value::bool(order.is_gt())),
        _ => None,
    }
}

/// Whether two values are equal; `None` if that is not known.
fn equality(left: &Value, right: &Value) -> Option<bool> {
    // Whether something is null is known of everything that is not itself unknown.
    if left.is_null() || right.is_null() {
        return (!left.is_unknown() && !right.is_unknown()).then_some(left.is_null() && right.is_null());
    }
    if !left.has_unknown() && !right.has_unknown() {
        return Some(convert::equal(left, right));
    }
    // Collections of another size differ, whatever is in them. Items of a set may turn out to be equal.
    let differ = match (&left.content, &right.content) {
        (Content::Sequence(SequenceKind::Set, _), _) | (_, Content::Sequence(SequenceKind::Set, _)) => false,
        (Content::Sequence(_, left), Content::Sequence(_, right)) => left.all().len() != right.all().len(),
        (Content::Mapping(MappingKind::Block, _), _) | (_, Content::Mapping(MappingKind::Block, _)) => false,
        (Content::Mapping(_, left), Content::Mapping(_, right)) => !left.all().keys().eq(right.all().keys()),
        _ => false,
    };
    differ.then_some(false)
}

/// The unknown value that follows from operands of which at least one is unknown.
pub(super) fn derived(operands: &[&Value]) -> Value {
    let reason = operands.iter().find(|operand| operand.has_unknown()).map(|operand| operand.unknown_reason());
    let sensitive = operands.iter().any(|operand| operand.has_sensitive());
    Value::unknown(reason.unwrap_or_else(|| "it depends on something unknown".into())).marked(sensitive)
}

fn not_null(value: &Value) -> Result<&Value, String> {
    if value.is_null() { Err("an operand must not be null".to_owned()) } else { Ok(value) }
}

fn decimal(value: &Value) -> Result<Number, String> {
    match convert::convert(not_null(value)?, &Type::Number)?.content {
        Content::Number(number) => Ok(number),
        _ => Err(convert::mismatch(value, "number")),
    }
}
