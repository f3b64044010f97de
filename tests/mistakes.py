"""What can be typed wrongly to main.py, and what it is to answer."""

from __future__ import annotations

from projects import TINY

# The project that it is typed in, and the names of its register that are not to be had.
FILES = {
    "model/broken_net.py": "class BrokenNet(:\n",
    "model/import_net.py": "import a_package_that_is_not_there\n",
    "model/stray_net.py": "class StrayNet: ...\n",
    "model/other_net.py": "class Another: ...\n",
    "data/stray_data.py": "class StrayData: ...\n",
    "list.yaml": "- lr\n",
    "cut.yaml": "lr: [\n",
    "empty.yaml": "",
    "unknown.yaml": "lr: 0.1\nbatchsize: 3\n",
    "nested.yaml": "net:\n  widht: 3\n",
    "dotted.yaml": "net.width: 3\n",
    "type.yaml": "lr: much\n",
    "groups.yaml": "metrics:\n  - acc: {threshold: 1}\n",
    "null.yaml": "eval_datasets: null\n",
}
REGISTERED = ("broken_net", "ghost_net", "import_net", "other_net")

# What is typed, what the error says, and what the help says.
Refusal = tuple[list[str], str, str]
NAMES: dict[str, Refusal] = {
    "net": (["--model_name", "exampel_net"], "net is called 'exampel_net'", "mean example_net?"),
    "net is a path": (["--model_name", "../x"], "net is called '../x'", "example_net"),
    "net is null": (["--model_name", "null"], "net is called", "example_net"),
    "training set": (["--train_dataset", "exampel_traindata"], "dataset", "example_traindata?"),
    "training set is null": (["--train_dataset", "null"], "dataset", "example_traindata"),
    "evaluation set": (["--eval_datasets", "exampel_evaldata"], "dataset", "example_evaldata?"),
    "test set": (["--test_datasets", "standart_data"], "dataset", "standard_data?"),
    "metric": (["--metrics", "accu"], "metric is called 'accu'", "mean acc?"),
    "metric of torchmetrics": (["--metrics", "Accuracyy"], "'Accuracyy'", "mean Accuracy?"),
    "warmup and OneCycleLR": (
        ["--warmup=0.1", *TINY],
        "OneCycleLR raises the",
        "CosineAnnealingLR",
    ),
    "a metric of boxes": (
        ["--metrics", "MeanAveragePrecision"],
        "the metric MeanAveragePrecision cannot be chosen by name",
        "see README.md",
    ),
    "a metric of the batches": (
        ["--metrics", "GeneralizedDiceScore"],
        "the metric GeneralizedDiceScore cannot be chosen by name",
        "see README.md",
    ),
    "a metric of a range": (
        ["--metrics", "StructuralSimilarityIndexMeasure", *TINY],
        "takes the range of the data from each batch",
        "add --StructuralSimilarityIndexMeasure.data_range",
    ),
    "only a rising rate": (
        ["--lr_scheduler_args.pct_start=1", *TINY],
        "OneCycleLR with pct_start 1 has no steps",
        "pct_start 0.9 or less",
    ),
    "warmup is too long": (
        ["--warmup=500", "--lr_scheduler=null", *TINY],
        "--warmup 500 is longer than the training",
        "a share below 1",
    ),
    "less than a batch": (
        ["--loader.drop_last=true", "--batch_size=5000", "--lr_scheduler=null"],
        "example_traindata has fewer samples than a batch",
        "leave out --loader.drop_last",
    ),
    "warmup of half a step": (
        ["--warmup=2.5", "--lr_scheduler=null", *TINY],
        "--warmup 2.5 is not a whole number of steps",
        "a share below 1",
    ),
    "warmup without an end": (
        ["--warmup=0.1", "--lr_scheduler=null", *TINY, "--trainer.max_epochs=-1"],
        "--warmup 0.1 is a share of the training, whose length is not known",
        "--trainer.max_steps N",
    ),
    "loss is null": (["--loss", "null"], "no loss is called 'null'", "known: "),
    "optimizer is null": (["--optimizer", "null"], "no optimizer is called 'null'", "known: "),
    "interface is null": (["--interface", "null"], "no interface is called 'null'", "known: "),
    "loss": (["--loss", "CrossEntropy"], "loss is called", "mean CrossEntropyLoss?"),
    "optimizer": (["--optimizer", "adamw"], "optimizer is called 'adamw'", "mean AdamW?"),
    "scheduler": (["--lr_scheduler", "StepLr"], "'StepLr'", "mean StepLR?"),
    "option": (["--batchsize", "3"], "no option --batchsize", "mean --batch_size?"),
    "option with =": (["--batchsize=3"], "no option --batchsize", "mean --batch_size?"),
    "option of the net": (["--net.widht=3"], "no option --net.widht", "mean --net.width?"),
    "option of a dataset": (["--example_testdata.rot=x"], ".rot", "--example_testdata.root?"),
    "option of the loss": (["--loss_args.reducton=sum"], "reducton", "--loss_args.reduction?"),
    "option of Trainer": (["--trainer.max_epoch=3"], "max_epoch", "--trainer.max_epochs?"),
    "abbreviated": (["--batch", "3"], "no option --batch", "mean --batch_size?"),
    "no option": (["example_net"], "unrecognized arguments: example_net", "help: python"),
    "dot instead of _args": (["--optimizer.eps=1"], "no option --optimizer.eps", "_args.eps?"),
    "behind many": (
        ["--eval_datasets", "example_evaldata", "--foo=two words"],
        "no option --foo",
        "help: python main.py --help",
    ),
    "set twice": (
        ["--test_datasets", "example_testdata", "example_testdata"],
        "--test_datasets has a name twice",
        "once",
    ),
    "not registered": (
        ["--model_name", "stray_net"],
        "model/stray_net.py is not registered as a net",
        'add "stray_net" to NETS in model/__init__.py',
    ),
    "dataset not registered": (
        ["--train_dataset", "stray_data"],
        "data/stray_data.py is not registered as a dataset",
        'add "stray_data" to DATASETS in data/__init__.py',
    ),
    "loss in short": (["--loss=mse"], "loss is called 'mse'", "mean MSELoss?"),
    "scheduler in short": (["--lr_scheduler=cosine"], "'cosine'", "mean CosineAnnealingLR?"),
    "own loss": (["--loss=vae_loss"], "'vae_loss'", "or write your own in utils/"),
    "metric of more packages": (
        ["--metrics=FrechetInceptionDistance"],
        "'FrechetInceptionDistance'",
        "some need packages, such as pip install 'torchmetrics[image]'",
    ),
    "no file": (
        ["--model_name", "ghost_net"],
        "model/ghost_net.py must hold exactly one class",
        "NETS",
    ),
    "no class": (
        ["--model_name", "other_net"],
        "must hold exactly one class called OtherNet",
        "write it",
    ),
}
# What people type who know other tools, and what they mean; nothing where that would be a guess.
MEANT = {
    "--epochs": "--trainer.max_epochs?",
    "--optimizer_args.lr": "",
    "--batch-size": "--batch_size?",
    "--model": "--model_name?",
    "--dropout": "--net.dropout?",
    "--wd": "",
}
MISTYPED: dict[str, Refusal] = {
    option: (
        [option, "3"],
        f"no option {option}",
        f"help: did you mean {meant} " if meant else "help: python main.py --help",
    )
    for option, meant in MEANT.items()
}
VALUES: dict[str, Refusal] = {
    "an option of a set that is not chosen": (
        ["--example_rotated_testdata.angle=3"],
        "there is no option --example_rotated_testdata.angle",
        "is not chosen: name it by --train_dataset or --eval_datasets or --test_datasets",
    ),
    "logits for log-probabilities": (
        ["--loss=NLLLoss", *TINY],
        "NLLLoss takes log-probabilities, which are at most 0, not output",
        "--loss CrossEntropyLoss takes logits",
    ),
    "one number for two": (
        ["--optimizer_args.betas=1"],
        "--optimizer_args.betas: Expected a tuple",
        "write it as '[1, 2]'",
    ),
    "type": (["--batch_size", "many"], "--batch_size: ", "--help"),
    "no whole number": (["--batch_size", "1.5"], "--batch_size: ", "--help"),
    "batch of none": (["--batch_size", "0"], "--batch_size: ", "--help"),
    "negative rate": (["--lr=-1"], "--lr: ", "--help"),
    "type of the net's": (["--net.width", "wide"], "--net.width: ", "--help"),
    "type of Trainer's": (["--trainer.max_epochs", "many"], "--trainer.max_epochs: ", "--help"),
    "devices that are none": (["--trainer.devices", "foo"], "`devices` selected", "--help"),
    "devices that are not here": (["--trainer.devices=[0,1]"], "`devices` selected", "--help"),
    "accelerator that is not here": (["--trainer.accelerator=gpu"], "No supported gpu", "--help"),
    "accelerator without its package": (["--trainer.accelerator=tpu"], "torch_xla", "--help"),
    "strategy": (["--trainer.strategy=foo"], "strategy='foo'", "--help"),
    "part of more than all": (["--trainer.limit_train_batches=2.5"], "limit_train_batches", ""),
    "evaluation after no epoch": (
        ["--trainer.check_val_every_n_epoch=0"],
        "--trainer.check_val_every_n_epoch is 0",
        "1 or more",
    ),
    "steps of no batch": (
        ["--trainer.accumulate_grad_batches=0"],
        "--trainer.accumulate_grad_batches is 0",
        "1 or more",
    ),
    "part of no batch": (["--trainer.limit_val_batches=0.1"], "0.1 * 8 < 1", "--help"),
    "part to overfit": (["--trainer.overfit_batches=0.1"], "0.1 * 8 < 1", "--help"),
    "part to test": (["--trainer.limit_test_batches=0.01"], "0.01 * 16 < 1", "--help"),
    "part of none to predict": (["--trainer.limit_predict_batches=0"], "batches is 0", "1 or more"),
    "too late": (["--trainer.val_check_interval=99"], "(99) must be less than", "--help"),
    "too late without a scheduler": (
        ["--trainer.val_check_interval=99", "--lr_scheduler=null"],
        "`val_check_interval` (99) must be",
        "--help",
    ),
    "choice": (["--stage", "tset"], "--stage: ", "--help"),
    "seed below all": (["--seed", "-1"], "seed", ""),
    "reduction of none": (
        ["--loss_args.reduction", "none"],
        "not return a single number",
        "mean or sum",
    ),
    "reduction": (["--loss_args.reduction", "mena", *TINY], "mena", ""),
    "missing argument": (["--lr_scheduler", "StepLR"], "lr_scheduler_args.step_size", "--help"),
    "option without value": (["--config"], "--config", ""),
    "missing data": (
        ["--example_traindata.root", "nowhere"],
        "example_traindata: no MNIST/raw in {project}/nowhere",
        "--example_traindata.",
    ),
    "missing data of a test set": (
        ["--example_testdata.root", "nowhere"],
        "example_testdata: no MNIST/raw in {project}/nowhere",
        "--example_testdata.",
    ),
    "optimizer of other nets": (["--optimizer", "Muon", *TINY], "only supports 2D", "--optimizer"),
    "nesterov alone": (
        ["--optimizer", "SGD", "--optimizer_args.nesterov=true", *TINY],
        "Nesterov momentum requires",
        "--optimizer_args",
    ),
}
LOGGED = (
    "train_loss, train_acc, train_f1, val_loss, val_acc, val_f1, "
    "val_loss/example_evaldata, val_acc/example_evaldata, val_f1/example_evaldata"
)
MONITORS: dict[str, Refusal] = {
    "unknown": (["--monitor", "val_auroc"], "'val_auroc'", LOGGED),
    "of another set": (["--monitor", "val_acc/standard_data"], "standard_data", LOGGED),
    "of the test": (["--monitor", "test_acc"], "'test_acc'", LOGGED),
    "without evaluation": (
        ["--eval_datasets", "--monitor", "val_loss"],
        "'val_loss'",
        "known: train_loss, train_acc, train_f1",
    ),
    "no direction": (
        ["--metrics", "ConfusionMatrix", "--monitor", "val_ConfusionMatrix"],
        "val_ConfusionMatrix does not say whether higher is better",
        "add --monitor_mode min (or max)",
    ),
    "evaluation switched off": (
        [*TINY, "--monitor=val_loss", "--trainer.limit_val_batches=0"],
        "val_loss",
        "",
    ),
}
YAML: dict[str, Refusal] = {
    "missing": (["--config", "no.yaml"], "no.yaml cannot be read", "YAML"),
    "folder": (["--config", "model"], "model cannot be read", "YAML"),
    "bytes": (
        ["--config", "example_Minist_data/MNIST/raw/t10k-images-idx3-ubyte"],
        "cannot be read",
        "YAML",
    ),
    "cut": (["--config", "cut.yaml"], "cut.yaml cannot be read", "YAML"),
    "list": (["--config", "list.yaml"], "list.yaml holds no options", "lr: "),
    "empty": (["--config", "empty.yaml"], "empty.yaml holds no options", "lr: "),
    "unknown key": (["--config", "unknown.yaml"], "no option --batchsize", "--batch_size?"),
    "unknown key of the net": (
        ["--config", "null.yaml", "--config", "nested.yaml"],
        "no option --net.widht",
        "--net.width?",
    ),
    "dotted key": (
        ["--config", "dotted.yaml"],
        "dotted.yaml: net.width is in no group",
        "such as `net: {width: 3}`",
    ),
    "arguments of a name": (
        ["--config", "groups.yaml"],
        "groups.yaml: metrics holds more than names",
        "a group of their own",
    ),
    "type": (["--config", "type.yaml"], "--lr: ", "--help"),
}
CHECKPOINTS: dict[str, Refusal] = {
    "missing": (["--ckpt_path", "no.ckpt"], "no checkpoint no.ckpt", "Logs/"),
    "none to test": (["--stage=test"], "--stage test", "--ckpt_path"),
    "none to predict with": (["--stage=predict"], "--stage predict", "--ckpt_path"),
    "folder": (
        ["--stage=test", "--ckpt_path=model"],
        "the folder model is not a checkpoint",
        "Logs/<model",
    ),
}
TABLES = {
    "name": NAMES,
    "mistyped": MISTYPED,
    "value": VALUES,
    "monitor": MONITORS,
    "config": YAML,
    "checkpoint": CHECKPOINTS,
}
REFUSED = {f"{table}: {case}": row for table, rows in TABLES.items() for case, row in rows.items()}
