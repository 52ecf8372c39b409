package dev.sublinear.model.jinja;

import dev.sublinear.model.jinja.Values.Namespace;
import dev.sublinear.model.jinja.Values.Undefined;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One statement of a template: text, a print or a tag. */
sealed interface Statement {
    /** How a statement ends: it goes on, or it ends the pass of the loop around it, or the loop. */
    enum End {
        NEXT,
        CONTINUE,
        BREAK
    }

    End run(Scope scope);

    static End run(List<Statement> body, Scope scope) {
        for (Statement statement : body) {
            End end = statement.run(scope);
            if (end != End.NEXT) {
                return end;
            }
        }
        return End.NEXT;
    }

    record Data(Text text) implements Statement {
        @Override
        public End run(Scope scope) {
            scope.print(text);
            return End.NEXT;
        }
    }

    record Print(Expression expression, int line) implements Statement {
        @Override
        public End run(Scope scope) {
            scope.meter().line(line);
            scope.print(Values.print(expression.value(scope), scope.meter()));
            return End.NEXT;
        }
    }

    record If(List<Branch> branches, List<Statement> otherwise) implements Statement {
        record Branch(Expression condition, List<Statement> body, int line) {}

        @Override
        public End run(Scope scope) {
            for (Branch branch : branches) {
                scope.meter().line(branch.line());
                if (Values.isTrue(branch.condition().value(scope))) {
                    return Statement.run(branch.body(), scope);
                }
            }
            return Statement.run(otherwise, scope);
        }
    }

    record For(
            List<String> targets,
            Expression items,
            Expression condition,
            List<Statement> body,
            List<Statement> otherwise,
            int line)
            implements Statement {
        @Override
        public End run(Scope scope) {
            Meter meter = scope.meter();
            meter.line(line);
            List<?> wanted = wanted(scope);
            Loop loop = new Loop(wanted);
            for (int i = 0; i < wanted.size(); i++) {
                meter.step();
                loop.at(i);
                Scope pass = scope.inner();
                pass.set("loop", loop);
                Set.assign(targets, wanted.get(i), pass);
                if (Statement.run(body, pass) == End.BREAK) {
                    break;
                }
            }
            return wanted.isEmpty() ? Statement.run(otherwise, scope.inner()) : End.NEXT;
        }

        private List<?> wanted(Scope scope) {
            Object value = items.value(scope);
            List<?> all = Values.items(value);
            scope.meter().items(all.size());
            if (condition.equals(new Expression.Literal(true))) {
                return all;
            }
            List<Object> wanted = new ArrayList<>();
            for (Object item : all) {
                Scope candidate = scope.inner();
                Set.assign(targets, item, candidate);
                if (Values.isTrue(condition.value(candidate))) {
                    wanted.add(item);
                }
            }
            return wanted;
        }
    }

    /** {@code set a, b = value}. */
    record Set(List<String> targets, Expression value, int line) implements Statement {
        @Override
        public End run(Scope scope) {
            scope.meter().line(line);
            assign(targets, value.value(scope), scope);
            return End.NEXT;
        }

        static void assign(List<String> targets, Object value, Scope scope) {
            if (targets.size() == 1) {
                scope.set(targets.get(0), value);
                return;
            }
            List<?> parts = Values.items(value);
            if (parts.size() != targets.size()) {
                throw new TemplateException(
                        "cannot share " + parts.size() + " values among " + targets.size() + " variables");
            }
            for (int i = 0; i < targets.size(); i++) {
                scope.set(targets.get(i), parts.get(i));
            }
        }
    }

    /** {@code set namespace.field = value}. */
    record SetField(String namespace, String field, Expression value, int line) implements Statement {
        @Override
        public End run(Scope scope) {
            scope.meter().line(line);
            Object object = scope.get(namespace);
            if (!(object instanceof Namespace changing)) {
                throw new TemplateException(
                        "only a namespace's fields can be set, \"" + namespace + "\" was " + Values.typeName(object));
            }
            changing.fields().put(Text.written(field), value.value(scope));
            return End.NEXT;
        }
    }

    /** A block whose output becomes a value, through filters: {@code set x} and {@code filter x}. */
    record Captured(List<Statement> body, List<FilterCall> filters, List<String> targets, int line)
            implements Statement {
        @Override
        public End run(Scope scope) {
            Scope inside = scope.captured();
            Statement.run(body, inside);
            scope.meter().line(line);
            Object result = FilterCall.chain(inside.output(), filters).value(scope);
            if (targets.isEmpty()) {
                scope.print(Values.print(result, scope.meter()));
            } else {
                Set.assign(targets, result, scope);
            }
            return End.NEXT;
        }
    }

    /** A block with variables of its own: {@code with}, and {@code generation}, which marks what a model said. */
    record With(Map<String, Expression> variables, List<Statement> body) implements Statement {
        @Override
        public End run(Scope scope) {
            Scope inner = scope.inner();
            variables.forEach((name, value) -> inner.set(name, value.value(scope)));
            return Statement.run(body, inner);
        }
    }

    /** A macro, or the block that {@code call} passes to one. */
    record Macro(String name, Map<String, Expression> parameters, List<Statement> body) implements Statement {
        @Override
        public End run(Scope scope) {
            scope.set(name, function(scope));
            return End.NEXT;
        }

        Values.Function function(Scope scope) {
            return (arguments, meter) -> {
                Scope inside = scope.captured();
                if (arguments.positional().size() > parameters.size()) {
                    throw new TemplateException("macro " + name + " takes " + parameters.size() + " arguments, got "
                            + arguments.positional().size());
                }
                arguments.named().forEach((argument, value) -> {
                    if (!parameters.containsKey(argument) && !argument.equals("caller")) {
                        throw new TemplateException("macro " + name + " takes no \"" + argument + "\"");
                    }
                });
                inside.set("caller", arguments.or(Integer.MAX_VALUE, "caller", new Undefined("caller")));
                int place = 0;
                for (Map.Entry<String, Expression> parameter : parameters.entrySet()) {
                    Object value = arguments.get(place++, parameter.getKey());
                    boolean missing = value instanceof Undefined;
                    inside.set(
                            parameter.getKey(), missing ? parameter.getValue().value(inside) : value);
                }
                int line = meter.line();
                meter.enter();
                Statement.run(body, inside);
                meter.leave();
                meter.line(line);
                return inside.output();
            };
        }
    }

    /** {@code call(x) macro(y)} to {@code endcall}. */
    record CallBlock(Expression.Call call, Macro caller, int line) implements Statement {
        @Override
        public End run(Scope scope) {
            scope.meter().line(line);
            Map<String, Expression> named = new LinkedHashMap<>(call.arguments().named());
            named.put("caller", new Expression.Literal(caller.function(scope)));
            ArgumentList arguments = new ArgumentList(call.arguments().positional(), named);
            Object result = new Expression.Call(call.function(), arguments).value(scope);
            scope.print(Values.print(result, scope.meter()));
            return End.NEXT;
        }
    }

    record Leave(End end) implements Statement {
        @Override
        public End run(Scope scope) {
            return end;
        }
    }
}
